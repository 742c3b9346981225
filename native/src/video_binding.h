#pragma once

#include <memory>
#include <optional>

#include "binding.h"
#include "decode_failure.h"
#include "image.h"

namespace reelroom::binding {

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

/**
 * Copies a decoder's pictures into one buffer of JS, used again while the size stays: a library's memory
 * never reaches JS, so that no view that somebody kept can read what the library has freed.
 */
class PictureBuffer {
 public:
  Napi::Value copied(Napi::Env env, const Image& image);
  void reset() { buffer_.Reset(); }

 private:
  Napi::Reference<Napi::ArrayBuffer> buffer_;
};

/**
 * The JS class of a video decoder. `Decoder` has `std::optional<Image> decode(data, length)`, which throws
 * `DecodeFailure`.
 */
template <typename Decoder>
class VideoDecoder : public Napi::ObjectWrap<VideoDecoder<Decoder>> {
 public:
  explicit VideoDecoder(const Napi::CallbackInfo& info)
      : Napi::ObjectWrap<VideoDecoder<Decoder>>(info), decoder_(std::make_unique<Decoder>()) {}

  static Napi::Function define(Napi::Env env, const char* name) {
    return VideoDecoder::DefineClass(env, name,
                                     {VideoDecoder::InstanceMethod("decode", &VideoDecoder::decode),
                                      VideoDecoder::InstanceMethod("close", &VideoDecoder::close)});
  }

 private:
  Napi::Value decode(const Napi::CallbackInfo& info) {
    const Napi::Env env = info.Env();
    Decoder& decoder = opened(env, decoder_);
    const Napi::Uint8Array frame = bytes(env, info[0], "A frame is a Uint8Array.");
    const std::optional<Image> image =
        decoding(env, [&] { return decoder.decode(frame.Data(), frame.ByteLength()); });
    return image ? pictures_.copied(env, *image) : env.Null();
  }

  void close(const Napi::CallbackInfo&) {
    decoder_.reset();
    pictures_.reset();
  }

  std::unique_ptr<Decoder> decoder_;
  PictureBuffer pictures_;
};

}  // namespace reelroom::binding
