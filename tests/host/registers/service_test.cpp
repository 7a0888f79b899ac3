// The extension "ombud.register/1" as a loaded plugin meets it.
#include <future>

#include <ombud/register.h>

#include "register_stage.hpp"
#include "theatre.hpp"

namespace ombud {
namespace {

struct LentRegisters {
    RegisterStage stage;
    Lent lent{&stage.names};
    Hands hands;
    std::shared_ptr<Instance> instance;

    explicit LentRegisters(const std::string& module = "whitelist") {
        lent.services.open_registers = [this](const std::string& id) { return stage.registers->reader(id); };
        instance = play(hands, lent, module);
    }
    const ombud_register& table() const { return hands.service<ombud_register>(OMBUD_REGISTER_ID); }
    std::uint64_t revision(std::string_view name = "recipients") const {
        std::uint64_t number = 0;
        CHECK(table().revision(hands.host->ctx, view(name), &number) == OMBUD_OK);
        return number;
    }
    /// The key of the record that `next` gives; its status in words otherwise.
    std::string next(std::string_view key) const {
        const ombud_event* event = nullptr;
        const ombud_status status = table().next(hands.host->ctx, view("recipients"), view(key), &event);
        if (status != OMBUD_OK)
            return status == OMBUD_NOT_FOUND ? "(none)" : "status " + std::to_string(status);
        return std::string(sdk::EventReader(event).get_text(stage_names().intern("key")).value_or("(no key)"));
    }
    Names& stage_names() const { return const_cast<Names&>(stage.names); }
    void run(const std::function<void()>& work) {
        std::promise<void> done;
        instance->post([&](ombud_instance*, CallScope&) {
            work();
            done.set_value();
        });
        done.get_future().get();
    }
};

TEST_CASE("a module reads its records by key and in order", "[registers]") {
    LentRegisters lent;
    lent.stage.change(RegisterStage::set("b@x.org", {{"level", "7"}, {"note", "second"}, {"owner", "Berta"}}));
    lent.stage.change(RegisterStage::set("a@x.org"));

    lent.run([&] {
        const ombud_event* event = nullptr;
        REQUIRE(lent.table().find(lent.hands.host->ctx, view("recipients"), view("b@x.org"), &event) == OMBUD_OK);
        const sdk::EventReader record(event);
        Names& names = lent.stage.names;
        CHECK(event->type_id == names.intern("recipients"));
        CHECK(record.get_text(names.intern("key")) == "b@x.org");
        CHECK(record.get_i64(names.intern("level")) == 7);
        CHECK(record.get_text(names.intern("note")) == "second");
        CHECK(record.get_text(names.intern("owner")) == "Berta");
        CHECK(lent.next("") == "a@x.org");
        CHECK(lent.next("a@x.org") == "b@x.org");
        CHECK(lent.next("aa") == "b@x.org");
        CHECK(lent.next("b@x.org") == "(none)");
        CHECK(lent.revision() == 2);
    });
}

TEST_CASE("a change is seen by the call that begins after it, and by none that began before", "[registers]") {
    LentRegisters lent;
    Gate changed;

    std::uint64_t before = 99, still = 99, after = 99;
    std::promise<void> looked;
    std::thread changer([&] {
        looked.get_future().wait();
        lent.stage.change(RegisterStage::set("a@x.org"));
        changed.open();
    });
    lent.run([&] {
        before = lent.revision();
        looked.set_value();
        changed.pass();
        still = lent.revision();
        CHECK(lent.next("") == "(none)");
    });
    changer.join();
    lent.run([&] { after = lent.revision(); });

    CHECK(before == 0);
    CHECK(still == 0);
    CHECK(after == 1);
}

TEST_CASE("a module is shown no register but its own", "[registers]") {
    LentRegisters lent("somebody_else");
    lent.stage.change(RegisterStage::set("a@x.org"));

    lent.run([&] {
        std::uint64_t number = 0;
        const ombud_event* event = nullptr;
        void* const ctx = lent.hands.host->ctx;
        CHECK(lent.table().revision(ctx, view("recipients"), &number) == OMBUD_NOT_FOUND);
        CHECK(lent.table().find(ctx, view("recipients"), view("a@x.org"), &event) == OMBUD_NOT_FOUND);
        CHECK(lent.table().next(ctx, view("whitelist/recipients"), view(""), &event) == OMBUD_NOT_FOUND);
    });
}

TEST_CASE("register functions refuse what they cannot answer", "[registers]") {
    LentRegisters lent;
    void* const ctx = lent.hands.host->ctx;

    lent.run([&] {
        std::uint64_t number = 0;
        const ombud_event* event = nullptr;
        CHECK(lent.table().revision(ctx, view("recipients"), nullptr) == OMBUD_INVALID_INPUT);
        CHECK(lent.table().revision(ctx, {nullptr, 4}, &number) == OMBUD_INVALID_INPUT);
        CHECK(lent.table().find(ctx, view("recipients"), view("\xFF"), &event) == OMBUD_INVALID_INPUT);
        CHECK(lent.table().find(ctx, view("recipients"), view("a@x.org"), nullptr) == OMBUD_INVALID_INPUT);
        CHECK(lent.table().find(ctx, view("recipients"), view("a@x.org"), &event) == OMBUD_NOT_FOUND);
    });
    std::uint64_t number = 0;
    CHECK(lent.table().revision(ctx, view("recipients"), &number) == OMBUD_REFUSED); // not the worker
    CHECK(lent.lent.was_logged("register.revision was called from a thread of the plugin's own"));
}

TEST_CASE("a host without registers lends none", "[registers]") {
    Lent lent;
    Hands hands;
    const auto instance = play(hands, lent);

    CHECK(hands.host->get_extension(hands.host->ctx, OMBUD_REGISTER_ID) == nullptr);
}

} // namespace
} // namespace ombud
