#include "h264_decoder.h"
#include "video_binding.h"

namespace {

Napi::Object initialise(Napi::Env env, Napi::Object exports) {
  using reelroom::H264Decoder;
  exports.Set("H264Decoder", reelroom::binding::VideoDecoder<H264Decoder>::define(env, "H264Decoder"));
  return exports;
}

}  // namespace

NODE_API_MODULE(reelroom_h264, initialise)
