#include "plugin_runtime/frames.hpp"

#include <chrono>
#include <future>

namespace ombud {
namespace {

constexpr std::chrono::seconds patience{10}; // ombud/frames.h promises it

/// What the worker reads and writes: it outlives an asker that has given up.
struct Look {
    FrameLooker::Picture picture;
    std::vector<std::uint8_t> squares;
    std::promise<Result<void>> answered;
};

void run(const ombud_frames& table, ombud_instance* self, const CallScope& scope, Look& look) {
    const FrameLooker::Picture& picture = look.picture;
    const auto count = [&](int edge) { return static_cast<std::uint32_t>((edge + picture.square - 1) / picture.square); };
    ombud_frame frame{};
    frame.struct_size = sizeof frame;
    frame.time_ns = picture.time_ns;
    frame.width = static_cast<std::uint32_t>(picture.width);
    frame.height = static_cast<std::uint32_t>(picture.height);
    frame.luma = picture.luma.data();
    frame.luma_stride = picture.width;
    frame.square = static_cast<std::uint32_t>(picture.square);
    frame.columns = count(picture.width);
    frame.rows = count(picture.height);
    look.squares.assign(std::size_t{frame.columns} * frame.rows, OMBUD_SQUARE_UNSET);
    const ombud_status status = table.look(self, &frame, look.squares.data());
    if (status == OMBUD_OK)
        look.answered.set_value({});
    else
        look.answered.set_value(fail(ErrorCode::internal, "looking at a picture failed with status " + std::to_string(status) +
                                                              (scope.error.empty() ? "" : ": " + scope.error)));
}

} // namespace

Result<FrameLooker> FrameLooker::create(std::shared_ptr<Instance> instance) {
    if (instance->plugin().frames() == nullptr)
        return fail(ErrorCode::invalid_input, instance->name() + " has no " OMBUD_FRAMES_ID ", so it cannot look at pictures");
    return FrameLooker(std::move(instance));
}

Result<std::vector<std::uint8_t>> FrameLooker::look(Picture& picture) {
    auto job = std::make_shared<Look>();
    job->picture = std::move(picture);
    auto answer = job->answered.get_future();
    const bool is_posted = instance_->post([job, plugin = &instance_->plugin()](ombud_instance* self, CallScope& scope) {
        scope.sends = false; // nothing would make findings durable here
        scope.limit_ns = std::chrono::nanoseconds(patience).count();
        run(*plugin->frames(), self, scope, *job);
    });
    if (!is_posted)
        return fail(ErrorCode::unavailable, instance_->name() + " has been stopped");
    if (answer.wait_for(patience) != std::future_status::ready)
        return fail(ErrorCode::unavailable, instance_->name() + " gave no answer about a picture within " +
                                                std::to_string(patience.count()) + " s");
    if (auto ended = answer.get(); !ended)
        return fail(std::move(ended).error().within(instance_->name()));
    picture = std::move(job->picture);
    return std::move(job->squares);
}

} // namespace ombud
