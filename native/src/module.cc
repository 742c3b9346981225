#include "binding.h"

namespace {

Napi::Object initialise(Napi::Env env, Napi::Object exports) {
  reelroom::binding::define_kernels(env, exports);
  reelroom::binding::define_decoders(env, exports);
  reelroom::binding::define_memory(env, exports);
  return exports;
}

}  // namespace

NODE_API_MODULE(reelroom, initialise)
