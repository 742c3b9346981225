#include <cstring>
#include <memory>

#include "binding.h"
#include "decode_failure.h"
#include "opus_stereo_decoder.h"
#include "vp8_decoder.h"

namespace reelroom::binding {
namespace {

/** Runs `work`, and turns what the decoder throws into a JS error with its code. */
template <typename Work>
auto decoding(Napi::Env env, Work work) {
  try {
    return work();
  } catch (const DecodeFailure& failure) {
    throw coded_error(env, "decode_failed", failure.what());
  }
}

template <typename Decoder>
Decoder& opened(Napi::Env env, const std::unique_ptr<Decoder>& decoder) {
  if (!decoder) throw coded_error(env, "decoder_closed", "The decoder is closed.");
  return *decoder;
}

/** Rows begin at multiples of this, and a plane ends with as much to spare, as SIMD code likes it. */
constexpr int kAlignment = 64;

int aligned(int size) { return (size + kAlignment - 1) / kAlignment * kAlignment; }

class Vp8 : public Napi::ObjectWrap<Vp8> {
 public:
  explicit Vp8(const Napi::CallbackInfo& info)
      : Napi::ObjectWrap<Vp8>(info), decoder_(std::make_unique<Vp8Decoder>()) {}

  static Napi::Function define(Napi::Env env) {
    return DefineClass(env, "Vp8Decoder",
                       {InstanceMethod("decode", &Vp8::decode), InstanceMethod("close", &Vp8::close)});
  }

 private:
  Napi::Value decode(const Napi::CallbackInfo& info) {
    const Napi::Env env = info.Env();
    Vp8Decoder& decoder = opened(env, decoder_);
    const Napi::Uint8Array frame = bytes(env, info[0], "A frame is a Uint8Array.");
    const vpx_image_t* image =
        decoding(env, [&] { return decoder.decode(frame.Data(), frame.ByteLength()); });
    return image ? copied(env, *image) : env.Null();
  }

  /**
   * libvpx's memory never reaches JS, so that no view that somebody kept can read what libvpx has freed.
   * The copy lies in one buffer that is used again while the size stays.
   */
  Napi::Value copied(Napi::Env env, const vpx_image_t& image) {
    const int width = static_cast<int>(image.d_w);
    const int height = static_cast<int>(image.d_h);
    const int half_width = (width + 1) / 2;
    const int half_height = (height + 1) / 2;
    const int luma_stride = aligned(width);
    const int chroma_stride = aligned(half_width);
    const size_t luma_bytes = static_cast<size_t>(luma_stride) * height;
    const size_t chroma_bytes = static_cast<size_t>(chroma_stride) * half_height;
    const size_t total = luma_bytes + 2 * chroma_bytes + kAlignment;
    if (buffer_.IsEmpty() || buffer_.Value().ByteLength() != total) {
      buffer_ = Napi::Persistent(Napi::ArrayBuffer::New(env, total));
    }
    Napi::ArrayBuffer buffer = buffer_.Value();
    uint8_t* data = static_cast<uint8_t*>(buffer.Data());
    copy_plane(image, VPX_PLANE_Y, data, luma_stride, width, height);
    copy_plane(image, VPX_PLANE_U, data + luma_bytes, chroma_stride, half_width, half_height);
    copy_plane(image, VPX_PLANE_V, data + luma_bytes + chroma_bytes, chroma_stride, half_width, half_height);

    Napi::Object picture = Napi::Object::New(env);
    picture.Set("width", width);
    picture.Set("height", height);
    picture.Set("y", Napi::Uint8Array::New(env, luma_bytes, buffer, 0));
    picture.Set("u", Napi::Uint8Array::New(env, chroma_bytes, buffer, luma_bytes));
    picture.Set("v", Napi::Uint8Array::New(env, chroma_bytes, buffer, luma_bytes + chroma_bytes));
    // RFC 6386 section 9.2: the header's colour space bit knows BT.601 only. Encoders of WebRTC send its limited range.
    picture.Set("matrix", "bt601");
    picture.Set("strideY", luma_stride);
    picture.Set("strideU", chroma_stride);
    picture.Set("strideV", chroma_stride);
    return picture;
  }

  static void copy_plane(const vpx_image_t& image, int plane, uint8_t* target, int stride, int width, int height) {
    const uint8_t* source = image.planes[plane];
    for (int y = 0; y < height; y++) {
      std::memcpy(target + static_cast<size_t>(y) * stride, source + static_cast<ptrdiff_t>(y) * image.stride[plane],
                  width);
    }
  }

  void close(const Napi::CallbackInfo&) {
    decoder_.reset();
    buffer_.Reset();
  }

  std::unique_ptr<Vp8Decoder> decoder_;
  Napi::Reference<Napi::ArrayBuffer> buffer_;
};

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
  exports.Set("Vp8Decoder", Vp8::define(env));
  exports.Set("OpusDecoder", Opus::define(env));
}

}  // namespace reelroom::binding
