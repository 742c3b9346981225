#pragma once

#include "picture.h"

/** Pure computing on memory that the caller has checked. Nothing here allocates for ever or fails. */
namespace reelroom {

/** `rect` is even and inside the canvas. */
void fill(const Picture& canvas, const Rect& rect, uint8_t y, uint8_t u, uint8_t v);

/**
 * Scales `from` of the source to `to` of the canvas; both lie inside their pictures and `to` is even.
 * Equal sizes are a copy. Down to a half it interpolates two by two samples; what is larger is halved
 * by means of two by two first, as often as it takes.
 */
void scale_fast(const Picture& canvas, const Rect& to, const Picture& source, const Rect& from);

/** The same with plain loops: what scale_fast is tested against (test/native/scale.test.ts states the tolerance). */
void scale_plain(const Picture& canvas, const Rect& to, const Picture& source, const Rect& from);

/**
 * Limited-range BT.601 to BT.709 of a whole picture, `to` of the same size; in place where both are the
 * same memory. A luma pixel goes by the one chroma sample whose two by two pixels hold it, so that edges in
 * luma stay where they are.
 */
void to_bt709_fast(const Picture& to, const Picture& from);

/** The same a sample at a time; equal to the byte. */
void to_bt709_plain(const Picture& to, const Picture& from);

/** Full range (0 to 255) to limited range (luma 16 to 235, chroma 16 to 240; ITU-R BT.709-6 section 4) in place, within 1. */
void to_limited(const Picture& picture);

/** Turns a whole picture clockwise by 90, 180 or 270 degrees, to one of the turned size. Samples are moved, not computed. */
void rotate(const Picture& to, const Picture& from, int degrees);

/**
 * scale and, on what came of it, to_limited where the source is of full range and to_bt709 where it is of
 * BT.601: the canvas is of limited BT.709. Converting the smaller picture costs less; where nothing is scaled
 * the change of the matrix is the copy.
 */
void draw(const Picture& canvas, const Rect& to, const Picture& source, const Rect& from, Colour colour, bool fast);

/** CRC-32C (RFC 3720 appendix B.4), continuing from `seed`, by the CPU's instruction where it has one. */
uint32_t crc32c(const uint8_t* data, size_t length, uint32_t seed);

/** The same by table. */
uint32_t crc32c_table(const uint8_t* data, size_t length, uint32_t seed);

}  // namespace reelroom
