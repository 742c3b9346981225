#pragma once

#include "picture.h"

namespace reelroom {

/**
 * Scales a plane down, by no more than a half on either side, as scale_plain does: between the two by two
 * samples around each place, within 2 levels of it. False, with nothing written, where the sizes are others
 * or this CPU has no SSSE3: then libyuv does it, which takes three times as long.
 */
bool shrink_fast(const Plane& target, const Plane& source);

}  // namespace reelroom
