#pragma once

#include <napi.h>

#include "picture.h"

/** The only files that know Node-API. Every argument is checked here, before a kernel sees a pointer. */
namespace reelroom::binding {

/** An `Error` with a stable `code` property. */
Napi::Error coded_error(Napi::Env env, const char* code, const std::string& message);

/** Throws `native_bad_argument` with the sentence unless `holds`. */
void require(Napi::Env env, bool holds, const char* message);

/** An integer within bounds, or `native_bad_argument`. */
int integer(Napi::Env env, Napi::Value value, int least, int most, const char* message);

Napi::Uint8Array bytes(Napi::Env env, Napi::Value value, const char* message);

/** A view of a JS `I420` whose planes hold all that its sizes and strides say. */
Picture picture(Napi::Env env, Napi::Value value);

/** What a JS `I420` says of its colours; BT.709 where it says nothing. */
Matrix matrix(Napi::Env env, Napi::Value picture);

/** A rectangle with at least one pixel, inside a picture of that size. */
Rect rect_inside(Napi::Env env, Napi::Value value, const Plane& luma);

void define_kernels(Napi::Env env, Napi::Object exports);
void define_decoders(Napi::Env env, Napi::Object exports);
void define_memory(Napi::Env env, Napi::Object exports);

}  // namespace reelroom::binding
