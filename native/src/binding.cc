#include "binding.h"

#include <string>

namespace reelroom::binding {
namespace {

/** Above every picture in use, and small enough that a product of two sizes fits in 32 bits. */
constexpr int kMaxSizePx = 16384;
constexpr int kMaxStride = 65536;

Plane plane(Napi::Env env, Napi::Object source, const char* data, const char* stride, int width, int height) {
  Napi::Uint8Array array = bytes(env, source.Get(data), "A plane is a Uint8Array.");
  const int step = integer(env, source.Get(stride), width, kMaxStride, "A stride is at least the plane's width.");
  const size_t needed = static_cast<size_t>(height - 1) * step + width;
  require(env, array.ByteLength() >= needed, "A plane is shorter than its size and stride say.");
  return {array.Data(), width, height, step};
}

Napi::Object object(Napi::Env env, Napi::Value value, const char* message) {
  require(env, value.IsObject(), message);
  return value.As<Napi::Object>();
}

}  // namespace

Napi::Error coded_error(Napi::Env env, const char* code, const std::string& message) {
  Napi::Error error = Napi::Error::New(env, message);
  error.Set("code", Napi::String::New(env, code));
  return error;
}

void require(Napi::Env env, bool holds, const char* message) {
  if (!holds) throw coded_error(env, "native_bad_argument", message);
}

int integer(Napi::Env env, Napi::Value value, int least, int most, const char* message) {
  require(env, value.IsNumber(), message);
  const double number = value.As<Napi::Number>().DoubleValue();
  require(env, number >= least && number <= most, message);
  const int whole = static_cast<int>(number);
  require(env, whole == number, message);
  return whole;
}

Napi::Uint8Array bytes(Napi::Env env, Napi::Value value, const char* message) {
  require(env, value.IsTypedArray() && value.As<Napi::TypedArray>().TypedArrayType() == napi_uint8_array, message);
  return value.As<Napi::Uint8Array>();
}

Picture picture(Napi::Env env, Napi::Value value) {
  const Napi::Object source = object(env, value, "A picture is an object.");
  const int width = integer(env, source.Get("width"), 1, kMaxSizePx, "A width is 1 to 16384.");
  const int height = integer(env, source.Get("height"), 1, kMaxSizePx, "A height is 1 to 16384.");
  const int half_width = (width + 1) / 2;
  const int half_height = (height + 1) / 2;
  return {
      plane(env, source, "y", "strideY", width, height),
      plane(env, source, "u", "strideU", half_width, half_height),
      plane(env, source, "v", "strideV", half_width, half_height),
  };
}

Matrix matrix(Napi::Env env, Napi::Value picture) {
  const Napi::Value value = object(env, picture, "A picture is an object.").Get("matrix");
  if (value.IsUndefined()) return Matrix::kBt709;
  const std::string name = value.IsString() ? value.As<Napi::String>().Utf8Value() : "";
  require(env, name == "bt601" || name == "bt709", "A matrix is bt601 or bt709.");
  return name == "bt601" ? Matrix::kBt601 : Matrix::kBt709;
}

Rect rect_inside(Napi::Env env, Napi::Value value, const Plane& luma) {
  const char* message = "A rectangle lies inside its picture.";
  const Napi::Object source = object(env, value, "A rectangle is an object.");
  const int x = integer(env, source.Get("x"), 0, luma.width - 1, message);
  const int y = integer(env, source.Get("y"), 0, luma.height - 1, message);
  const int width = integer(env, source.Get("width"), 1, luma.width - x, message);
  const int height = integer(env, source.Get("height"), 1, luma.height - y, message);
  return {x, y, width, height};
}

}  // namespace reelroom::binding
