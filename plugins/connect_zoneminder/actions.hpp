#pragma once
// Corrections: asked of ZoneMinder, and then seen to be done, since its answers do not tell.

#include "catalogue.hpp"
#include "records.hpp"

#include <ombud/action.hpp>

namespace ombud::zoneminder {

/// What an action needs; all of it outlives the call.
struct ActionDesk {
    Rest& rest;
    Catalogue& catalogue; ///< the truth that an outcome is checked against
    Inspector& inspector;
    bool has_files;
    std::int64_t now_utc_ns;
};

/// Each: doing it again does nothing more. What could not be asked or seen is `retry`, with the reason as proof.
///
/// device.audio.off   sets RecordAudio to 0; ZoneMinder then restarts that camera's capture
sdk::ActionResult switch_audio_off(const ActionDesk& desk, std::string_view device);

/// recording.delete   never one that is archived at that moment, or still being written (one whose capture crashed is
///                    never closed; it counts as written when nothing was added for ten minutes). Through ZoneMinder;
///                    files that it leaves (ZM_OPT_FAST_DELETE, or a folder without a row) are removed here, and only
///                    when no row names them any more
/// @param recording   "17", or a name that orphan_name() made
sdk::ActionResult delete_recording(const ActionDesk& desk, std::string_view recording);

/// recording.archive  sets Archived to 1; never the interface's archive command, which is a toggle
sdk::ActionResult archive_recording(const ActionDesk& desk, std::string_view recording);

} // namespace ombud::zoneminder
