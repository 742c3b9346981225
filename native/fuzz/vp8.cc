#include "../src/vp8_decoder.h"
#include "video.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t length) {
  return reelroom::fuzz::decode_frames<reelroom::Vp8Decoder>(data, length);
}
