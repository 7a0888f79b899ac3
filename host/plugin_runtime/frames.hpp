#pragma once
// Shows a recording's pictures to a module, one after another.

#include <cstdint>
#include <memory>
#include <vector>

#include "plugin_runtime/instance.hpp"

namespace ombud {

/// One instance of a module that looks at one recording.
/// Thread  one
class FrameLooker {
  public:
    /// Errors  invalid_input  the module has no ombud.frames/1
    static Result<FrameLooker> create(std::shared_ptr<Instance> instance);

    struct Picture {
        std::int64_t time_ns = 0; ///< after the first picture; rises
        int width = 0, height = 0;
        int square = 0;                 ///< edge of the squares
        std::vector<std::uint8_t> luma; ///< width * height, rows without gaps
    };

    /// Asks about one picture, and waits for the answer.
    /// @param picture  lent for the call; given back as it was, but after an error
    /// @return         OMBUD_SQUARE_* of each square, row by row
    /// Errors  unavailable  no answer within ten seconds; the object is of no more use
    ///         internal     what the module said
    Result<std::vector<std::uint8_t>> look(Picture& picture);

  private:
    explicit FrameLooker(std::shared_ptr<Instance> instance) : instance_(std::move(instance)) {}
    std::shared_ptr<Instance> instance_;
};

} // namespace ombud
