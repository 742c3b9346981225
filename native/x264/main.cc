// reelroom-x264: H.264 by libx264, from canvases in memory that is shared with who started it.
//
//   reelroom-x264 WIDTH HEIGHT SLOTS GOP PRESET crf CRF MAX_KBIT_PER_S
//   reelroom-x264 WIDTH HEIGHT SLOTS GOP PRESET qp QP
//   reelroom-x264 --version
//
// File descriptor 3 is the memory: SLOTS canvases of 8-bit I420, planes packed. Integers below are
// little-endian.
// Standard input, for each frame: u32 slot, u32 count, then count times u16 x, y, width, height: what has
// changed since the frame before. A count of 2^32 - 1 says that anything may have.
// Standard output, for each frame, in order: u32 bytes, u32 keyframe (0 or 1), u32 bytes of the sequence and
// u32 of the picture parameter set; then both sets, then the NAL units with 4-byte lengths in front.
//
// A program of its own: what libx264 does cannot end the server, it has its own priority, and libx264's licence
// (GPL-2.0-or-later) stays with it.

#include <unistd.h>

#include <cstdio>
#include <string>

#include "session.h"

using namespace reelroom::x264;

int main(int argc, char** argv) {
  if (argc == 2 && std::string(argv[1]) == "--version") {
    std::printf("libx264 %s\n", X264_POINTVER);
    return 0;
  }
  try {
    Session(parse(argc, argv), {STDIN_FILENO, STDOUT_FILENO, 3}).run();
  } catch (const Failure& failure) {
    std::fprintf(stderr, "%s\n", failure.what());
    return 1;
  }
}
