#pragma once

#include <stdexcept>

namespace reelroom {

/** The input is not what the codec's specification allows, or larger than this program allows. */
struct DecodeFailure : std::runtime_error {
  using std::runtime_error::runtime_error;
};

}  // namespace reelroom
