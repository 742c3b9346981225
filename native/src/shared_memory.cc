#include "shared_memory.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

namespace reelroom {

SharedMemory make_shared_memory(size_t bytes) {
  const int fd = memfd_create("reelroom", MFD_CLOEXEC | MFD_ALLOW_SEALING);
  if (fd < 0) throw std::system_error(errno, std::generic_category(), "memfd_create");
  // Sealed, so that nobody who has it can take away what another one reads.
  if (ftruncate(fd, static_cast<off_t>(bytes)) == 0 && fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) == 0) {
    void* data = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (data != MAP_FAILED) return {fd, static_cast<uint8_t*>(data)};
  }
  const int reason = errno;
  close(fd);
  throw std::system_error(reason, std::generic_category(), "shared memory");
}

void close_shared_memory(int fd) {
  if (fd >= 0) close(fd);
}

void unmap_shared_memory(uint8_t* data, size_t bytes) { munmap(data, bytes); }

}  // namespace reelroom
