#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstdlib>
#include <vector>

#include "../x264/session.h"

using namespace reelroom::x264;

namespace {

constexpr int kWidth = 36;
constexpr int kHeight = 18;
constexpr int kSlots = 3;

/** Memory with a descriptor, read from its beginning. */
int file_of(const void* data, size_t bytes) {
  const int file = memfd_create("fuzz", 0);
  if (file < 0 || write(file, data, bytes) != static_cast<ssize_t>(bytes) || lseek(file, 0, SEEK_SET) != 0) std::abort();
  return file;
}

}  // namespace

/** The input is what the program reads from its pipe; the canvases are small, so that coding takes no time. */
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t length) {
  static const int canvases = [] {
    const std::vector<uint8_t> samples(static_cast<size_t>(kWidth) * kHeight * 3 / 2 * kSlots, 99);
    return file_of(samples.data(), samples.size());
  }();
  static const int nowhere = open("/dev/null", O_WRONLY);
  const int input = file_of(data, length);
  try {
    Session({kWidth, kHeight, kSlots, 60, "ultrafast", false, 30, 0}, {input, nowhere, canvases}).run();
  } catch (const Failure&) {
  }
  close(input);
  return 0;
}
