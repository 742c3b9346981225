#include "video_binding.h"

namespace reelroom::binding {
namespace {

/** Rows begin at multiples of this, and a plane ends with as much to spare, as SIMD code likes it. */
constexpr int kAlignment = 64;

int aligned(int size) { return (size + kAlignment - 1) / kAlignment * kAlignment; }

}  // namespace

Napi::Value PictureBuffer::copied(Napi::Env env, const Image& image) {
  const int half_width = (image.width + 1) / 2;
  const int half_height = (image.height + 1) / 2;
  const int luma_stride = aligned(image.width);
  const int chroma_stride = aligned(half_width);
  const size_t luma_bytes = static_cast<size_t>(luma_stride) * image.height;
  const size_t chroma_bytes = static_cast<size_t>(chroma_stride) * half_height;
  const size_t total = luma_bytes + 2 * chroma_bytes + kAlignment;
  if (buffer_.IsEmpty() || buffer_.Value().ByteLength() != total) {
    buffer_ = Napi::Persistent(Napi::ArrayBuffer::New(env, total));
  }
  Napi::ArrayBuffer buffer = buffer_.Value();
  uint8_t* y = static_cast<uint8_t*>(buffer.Data());
  uint8_t* u = y + luma_bytes;
  uint8_t* v = u + chroma_bytes;
  copy_samples({y, image.width, image.height, luma_stride}, image.y, image.depth);
  copy_samples({u, half_width, half_height, chroma_stride}, image.u, image.depth);
  copy_samples({v, half_width, half_height, chroma_stride}, image.v, image.depth);

  Napi::Object picture = Napi::Object::New(env);
  picture.Set("width", image.width);
  picture.Set("height", image.height);
  picture.Set("y", Napi::Uint8Array::New(env, luma_bytes, buffer, 0));
  picture.Set("u", Napi::Uint8Array::New(env, chroma_bytes, buffer, luma_bytes));
  picture.Set("v", Napi::Uint8Array::New(env, chroma_bytes, buffer, luma_bytes + chroma_bytes));
  picture.Set("strideY", luma_stride);
  picture.Set("strideU", chroma_stride);
  picture.Set("strideV", chroma_stride);
  picture.Set("matrix", image.colour.matrix == Matrix::kBt601 ? "bt601" : "bt709");
  picture.Set("range", image.colour.full_range ? "full" : "limited");
  return picture;
}

}  // namespace reelroom::binding
