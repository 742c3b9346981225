#include <system_error>
#include <utility>

#include "binding.h"
#include "shared_memory.h"

namespace reelroom::binding {
namespace {

/** Three canvases of 8192 x 8192. */
constexpr int kMaxBytes = 3 * 8192 * 8192 / 2 * 3;

Napi::Value shared_memory(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const size_t size = integer(env, info[0], 1, kMaxBytes, "A size of shared memory is 1 to 301989888 bytes.");
  SharedMemory memory;
  try {
    memory = make_shared_memory(size);
  } catch (const std::system_error& error) {
    throw coded_error(env, "shared_memory_failed", error.what());
  }
  const auto unmap = [size](Napi::Env, void* data) { unmap_shared_memory(static_cast<uint8_t*>(data), size); };
  const Napi::ArrayBuffer buffer = Napi::ArrayBuffer::New(env, memory.data, size, unmap);
  const Napi::Object result = Napi::Object::New(env);
  result.Set("fd", memory.fd);
  // Node.js warns of descriptors that a worker closes and did not open.
  const auto forget = [fd = memory.fd](const Napi::CallbackInfo&) mutable { close_shared_memory(std::exchange(fd, -1)); };
  result.Set("forget", Napi::Function::New(env, forget, "forget"));
  result.Set("bytes", Napi::Uint8Array::New(env, size, buffer, 0));
  return result;
}

}  // namespace

void define_memory(Napi::Env env, Napi::Object exports) {
  exports.Set("sharedMemory", Napi::Function::New(env, shared_memory, "sharedMemory"));
}

}  // namespace reelroom::binding
