#include "../src/h264_decoder.h"
#include "video.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t length) {
  return reelroom::fuzz::decode_frames<reelroom::H264Decoder>(data, length);
}
