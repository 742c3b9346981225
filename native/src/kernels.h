#pragma once

#include "picture.h"

/** Pure computing on memory that the caller has checked. Nothing here allocates for ever or fails. */
namespace reelroom {

/** `rect` is even and inside the canvas. */
void fill(const Picture& canvas, const Rect& rect, uint8_t y, uint8_t u, uint8_t v);

/**
 * Scales `from` of the source to `to` of the canvas; both lie inside their pictures and `to` is even.
 * Equal sizes are a copy. Down to a half it interpolates two by two samples, below it averages boxes.
 */
void scale_fast(const Picture& canvas, const Rect& to, const Picture& source, const Rect& from);

/** The same with plain loops: what scale_fast is tested against (test/native/scale.test.ts states the tolerance). */
void scale_plain(const Picture& canvas, const Rect& to, const Picture& source, const Rect& from);

/** CRC-32C (RFC 3720 appendix B.4), continuing from `seed`, by the CPU's instruction where it has one. */
uint32_t crc32c(const uint8_t* data, size_t length, uint32_t seed);

/** The same by table. */
uint32_t crc32c_table(const uint8_t* data, size_t length, uint32_t seed);

}  // namespace reelroom
