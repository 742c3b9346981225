#include <cstring>
#include <memory>

#include "av1_decoder.h"
#include "binding.h"
#include "opus_stereo_decoder.h"
#include "video_binding.h"
#include "vp8_decoder.h"
#include "vp9_decoder.h"

namespace reelroom::binding {
namespace {

class Opus : public Napi::ObjectWrap<Opus> {
 public:
  explicit Opus(const Napi::CallbackInfo& info) : Napi::ObjectWrap<Opus>(info) {
    decoder_ = decoding(info.Env(), [] { return std::make_unique<OpusStereoDecoder>(); });
  }

  static Napi::Function define(Napi::Env env) {
    return DefineClass(env, "OpusDecoder",
                       {InstanceMethod("decode", &Opus::decode), InstanceMethod("conceal", &Opus::conceal),
                        InstanceMethod("close", &Opus::close)});
  }

 private:
  Napi::Value decode(const Napi::CallbackInfo& info) {
    const Napi::Env env = info.Env();
    OpusStereoDecoder& decoder = opened(env, decoder_);
    const Napi::Uint8Array packet = bytes(env, info[0], "A packet is a Uint8Array.");
    return decoding(env, [&] { return copied(env, decoder.decode(packet.Data(), packet.ByteLength())); });
  }

  Napi::Value conceal(const Napi::CallbackInfo& info) {
    const Napi::Env env = info.Env();
    OpusStereoDecoder& decoder = opened(env, decoder_);
    const int frames = integer(env, info[0], 1, OpusStereoDecoder::kMaxConcealFrames, "A loss is 1 to 48000 frames.");
    const uint8_t* next = nullptr;
    size_t next_length = 0;
    if (!info[1].IsNull() && !info[1].IsUndefined()) {
      const Napi::Uint8Array packet = bytes(env, info[1], "A packet is a Uint8Array.");
      next = packet.Data();
      next_length = packet.ByteLength();
    }
    return decoding(env, [&] { return copied(env, decoder.conceal(frames, next, next_length)); });
  }

  static Napi::Value copied(Napi::Env env, const std::vector<float>& samples) {
    Napi::Float32Array array = Napi::Float32Array::New(env, samples.size());
    std::memcpy(array.Data(), samples.data(), samples.size() * sizeof(float));
    return array;
  }

  void close(const Napi::CallbackInfo&) { decoder_.reset(); }

  std::unique_ptr<OpusStereoDecoder> decoder_;
};

}  // namespace

void define_decoders(Napi::Env env, Napi::Object exports) {
  exports.Set("Vp8Decoder", VideoDecoder<Vp8Decoder>::define(env, "Vp8Decoder"));
  exports.Set("Vp9Decoder", VideoDecoder<Vp9Decoder>::define(env, "Vp9Decoder"));
  exports.Set("Av1Decoder", VideoDecoder<Av1Decoder>::define(env, "Av1Decoder"));
  exports.Set("OpusDecoder", Opus::define(env));
}

}  // namespace reelroom::binding
