#include <algorithm>
#include <string>

#include "binding.h"
#include "kernels.h"

namespace reelroom::binding {
namespace {

Rect even_rect(Napi::Env env, Napi::Value value, const Plane& luma) {
  const Rect rect = rect_inside(env, value, luma);
  require(env, ((rect.x | rect.y | rect.width | rect.height) & 1) == 0, "A rectangle of the canvas is even.");
  return rect;
}

uint8_t sample(Napi::Env env, Napi::Value value) {
  return static_cast<uint8_t>(integer(env, value, 0, 255, "A colour's value is 0 to 255."));
}

void fill_rect(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const Picture canvas = picture(env, info[0]);
  fill(canvas, even_rect(env, info[1], canvas.y), sample(env, info[2]), sample(env, info[3]), sample(env, info[4]));
}

bool is_full_range(Napi::Env env, Napi::Value picture) {
  const Napi::Value value = picture.As<Napi::Object>().Get("range");
  if (value.IsUndefined()) return false;
  const std::string name = value.IsString() ? value.As<Napi::String>().Utf8Value() : "";
  require(env, name == "limited" || name == "full", "A range is limited or full.");
  return name == "full";
}

void scale(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const Picture canvas = picture(env, info[0]);
  const Rect to = even_rect(env, info[1], canvas.y);
  const Picture source = picture(env, info[2]);
  const Rect from = rect_inside(env, info[3], source.y);
  draw(canvas, to, source, from, {matrix(env, info[2]), is_full_range(env, info[2])}, info[4].ToBoolean());
}

void to_bt709(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const Picture to = picture(env, info[0]);
  const Picture from = picture(env, info[1]);
  require(env, to.y.width == from.y.width && to.y.height == from.y.height, "Both pictures are of one size.");
  (info[2].ToBoolean() ? to_bt709_fast : to_bt709_plain)(to, from);
}

void rotate_picture(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const Picture to = picture(env, info[0]);
  const Picture from = picture(env, info[1]);
  const int degrees = integer(env, info[2], 90, 270, "A picture is turned by 90, 180 or 270 degrees.");
  require(env, degrees % 90 == 0, "A picture is turned by 90, 180 or 270 degrees.");
  const bool upright = degrees == 180;
  require(env, to.y.width == (upright ? from.y.width : from.y.height) && to.y.height == (upright ? from.y.height : from.y.width),
          "The target is of the turned size.");
  rotate(to, from, degrees);
}

Napi::Float32Array samples(Napi::Env env, Napi::Value value) {
  require(env, value.IsTypedArray() && value.As<Napi::TypedArray>().TypedArrayType() == napi_float32_array,
          "Sound is a Float32Array.");
  return value.As<Napi::Float32Array>();
}

void mix_into(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  Napi::Float32Array target = samples(env, info[0]);
  const Napi::Float32Array source = samples(env, info[1]);
  require(env, info[2].IsNumber(), "A gain is a number.");
  const float gain = info[2].As<Napi::Number>().FloatValue();
  const size_t count = std::min(target.ElementLength(), source.ElementLength());
  float* out = target.Data();
  const float* in = source.Data();
  for (size_t i = 0; i < count; i++) out[i] += gain * in[i];
}

using Checksum = uint32_t (*)(const uint8_t*, size_t, uint32_t);

template <Checksum checksum>
Napi::Value checksum_of(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const Napi::Uint8Array data = bytes(env, info[0], "A checksum is of a Uint8Array.");
  const uint32_t seed = info[1].IsNumber() ? info[1].As<Napi::Number>().Uint32Value() : 0;
  return Napi::Number::New(env, checksum(data.Data(), data.ByteLength(), seed));
}

}  // namespace

void define_kernels(Napi::Env env, Napi::Object exports) {
  exports.Set("fill", Napi::Function::New(env, fill_rect, "fill"));
  exports.Set("scale", Napi::Function::New(env, scale, "scale"));
  exports.Set("toBt709", Napi::Function::New(env, to_bt709, "toBt709"));
  exports.Set("rotate", Napi::Function::New(env, rotate_picture, "rotate"));
  exports.Set("mixInto", Napi::Function::New(env, mix_into, "mixInto"));
  exports.Set("crc32c", Napi::Function::New(env, checksum_of<crc32c>, "crc32c"));
  exports.Set("crc32cTable", Napi::Function::New(env, checksum_of<crc32c_table>, "crc32cTable"));
}

}  // namespace reelroom::binding
