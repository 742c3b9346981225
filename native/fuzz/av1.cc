#include "../src/av1_decoder.h"
#include "video.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t length) {
  return reelroom::fuzz::decode_frames<reelroom::Av1Decoder>(data, length);
}
