#pragma once

#include <cstddef>
#include <cstdint>

namespace reelroom {

/** Memory without a name that another process can be given by its file descriptor (memfd_create(2)). */
struct SharedMemory {
  int fd;
  uint8_t* data;
};

/** Zeroed, and of this size for good. Throws `std::system_error`. */
SharedMemory make_shared_memory(size_t bytes);

/** Gives the descriptor back, the memory stays; -1 is none. */
void close_shared_memory(int fd);

void unmap_shared_memory(uint8_t* data, size_t bytes);

}  // namespace reelroom
