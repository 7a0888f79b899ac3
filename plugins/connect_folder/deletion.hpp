#pragma once
// Deleting one recording, and seeing that it is gone.

#include "layout.hpp"
#include "tree.hpp"

#include <ombud/action.hpp>
#include <string>

namespace ombud::folder {

/// Deletes the file, makes that durable, looks whether it is gone, and removes the folders of its day
/// (Layout::lasting_depth) that it leaves empty. A lock beside the file, whatever it says, makes it REFUSED; a file
/// that is not there is ALREADY.
/// @param id  of the recording; see recording_id.hpp
sdk::ActionResult delete_recording(const Tree& tree, const Layout& layout, std::string_view id);

} // namespace ombud::folder
