#include <catch2/catch.hpp>

#include <fcntl.h>

#include "media/proof.hpp"
#include "media/recording_file.hpp"
#include "recordings.hpp"

namespace ombud::media::test {

namespace {

/// A recording without its sound, copied and read back.
class Copied {
  public:
    explicit Copied(const std::string& kind)
        : scratch_(kind), old_(::open(scratch_.file().c_str(), O_RDONLY | O_CLOEXEC)),
          new_(::open((scratch_.folder() / "copy").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600)) {
        const auto tracks = list_tracks(before(), container).value();
        for (const ContainerTrack& track : tracks)
            rules.emplace(track.id, TrackRule{rules.empty() ? TrackRule::Keep::all : TrackRule::Keep::none, {}});
        surgery = plan_surgery(before(), container, rules).value();
        unchanged = write_edited(before(), surgery, new_.get(), ReadBack::yes, nullptr).value();
    }
    [[nodiscard]] FileSource before() const { return {old_.get(), fs::file_size(scratch_.file())}; }
    [[nodiscard]] FileSource after() const { return {new_.get(), edited_size(before(), surgery)}; }
    [[nodiscard]] Result<Evidence> proof() const { return prove_copied(before(), after(), container, unchanged, rules); }

    Container container = Container::mp4;
    Rules rules;
    Surgery surgery;
    std::vector<Moved> unchanged;

  private:
    Scratch scratch_;
    Fd old_;
    Fd new_;
};

} // namespace

TEST_CASE("a copy that was read back proves the packets that it names", "[media]") {
    const Copied copied("mp4");

    const auto evidence = copied.proof();

    REQUIRE(evidence);
    CHECK(evidence->kept_packets > 0);
}

TEST_CASE("a copy names as unchanged only what both files hold alike", "[media]") {
    const Copied copied("mp4");

    REQUIRE(copied.unchanged.size() > 1);
    for (const Moved& moved : copied.unchanged)
        CHECK(copied.before().read_bytes(moved.from, moved.length).value() ==
              copied.after().read_bytes(moved.to, moved.length).value());
}

TEST_CASE("packets outside what a copy read back are not proven", "[media]") {
    Copied copied("mp4");
    const auto media = copied.surgery.kept_media.front();
    std::erase_if(copied.unchanged, [&](const Moved& moved) { return moved.from <= media.offset && media.offset < moved.from + moved.length; });

    const auto evidence = copied.proof();

    REQUIRE_FALSE(evidence);
    CHECK(evidence.error().code == ErrorCode::internal);
    CHECK_THAT(evidence.error().message, Catch::Contains("a kept packet's data"));
}

TEST_CASE("packets that the new file names at another place are not proven", "[media]") {
    Copied copied("mp4");
    for (Moved& moved : copied.unchanged)
        moved.to += 1;

    const auto evidence = copied.proof();

    REQUIRE_FALSE(evidence);
    CHECK(evidence.error().code == ErrorCode::internal);
}

} // namespace ombud::media::test
