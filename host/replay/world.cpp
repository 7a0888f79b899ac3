#include "replay/world.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <system_error>

namespace ombud::replay {
namespace {

class Memory final : public StateReader {
  public:
    explicit Memory(const std::map<std::string, std::string>& kept) : kept_(kept) {}
    Result<std::optional<StateChange>> next(std::string_view key) override {
        const auto found = kept_.upper_bound(std::string(key));
        if (found == kept_.end())
            return std::optional<StateChange>();
        return std::optional<StateChange>({found->first, found->second});
    }

  private:
    const std::map<std::string, std::string>& kept_;
};

constexpr std::array<std::string_view, 4> levels{"debug", "info", "warning", "error"};

} // namespace

ScratchFolder::ScratchFolder() {
    std::error_code error;
    std::string made = (std::filesystem::temp_directory_path(error) / "ombud-replay-XXXXXX").string();
    if (!error && ::mkdtemp(made.data()) != nullptr)
        path_ = made;
}

ScratchFolder::~ScratchFolder() {
    std::error_code ignored;
    if (!path_.empty())
        std::filesystem::remove_all(path_, ignored);
}

World::World(config::Site site, std::int64_t utc_ns, Names* given)
    : clock(utc_ns), names(given != nullptr ? *given : own_names_), site_(std::move(site)) {}

Result<std::unique_ptr<World>> World::make(config::Site site, const std::vector<registers::Declaration>& declarations, std::int64_t utc_ns,
                                           Names* names) {
    auto world = std::unique_ptr<World>(new World(std::move(site), utc_ns, names));
    if (world->folder_.path().empty())
        return fail(ErrorCode::unavailable, "no scratch folder can be made; is there room in TMPDIR?");
    auto inventory = Inventory::open(world->folder_.path() / "inventory.db", world->names);
    if (!inventory)
        return fail(inventory.error());
    world->inventory_ = std::move(*inventory);
    world->inventory_->set_cameras([raw = world.get()](std::string_view attachment, std::string_view device) {
        const auto* camera = raw->site_.camera_of(attachment, device);
        return camera == nullptr ? std::string{} : camera->id;
    });
    registers::Contents contents;
    for (const registers::Declaration& one : declarations) {
        auto content = std::make_shared<registers::Content>();
        content->declaration = std::make_shared<const registers::Declaration>(one);
        contents[{one.module, one.name}] = std::move(content);
    }
    world->board_.replace(std::move(contents));

    HostServices& services = world->services_;
    services.clock = &world->clock;
    services.names = &world->names;
    services.open_inventory = [raw = world.get()] { return raw->inventory_->reader(); };
    services.open_registers = [raw = world.get()](const std::string& module) { return registers::make_reader(raw->board_, module); };
    services.open_state = [raw = world.get()](const std::string&) { return std::make_unique<Memory>(raw->memory); };
    services.probe = [](const std::filesystem::path& file) -> Result<MediaInfo> {
        return fail(ErrorCode::not_found, file.string() + ": there are no media in a replay");
    };
    services.log = [raw = world.get()](const std::string&, int level, std::string_view message) {
        const auto at = static_cast<std::size_t>(std::clamp(level, 0, static_cast<int>(levels.size()) - 1));
        raw->log.push_back(std::string(levels[at]) + ": " + std::string(message));
    };
    return world;
}

Result<registers::Content> World::content(const std::string& module, const std::string& name) const {
    const auto all = board_.now();
    const auto found = all->find({module, name});
    if (found != all->end())
        return *found->second;
    std::string known;
    for (const auto& [place, ignored] : *all)
        if (place.first == module)
            known += (known.empty() ? "; there are " : ", ") + place.second;
    return fail(ErrorCode::not_found, module + " has no register '" + name + "'" + known);
}

void World::put_content(const registers::Place& place, registers::Content content) {
    content.revision = ++revisions_[place];
    registers::Contents all = *board_.now();
    all[place] = std::make_shared<const registers::Content>(std::move(content));
    board_.replace(std::move(all));
}

Result<void> World::keep(const std::string& module, const std::string& name, const std::string& key, const registers::Texts& texts,
                         const std::string& corrects) {
    auto content = this->content(module, name);
    if (!content)
        return fail(content.error());
    auto values = content->declaration->check(key, texts);
    if (!values)
        return fail(values.error());
    auto record = std::make_shared<registers::Record>();
    record->key = key;
    record->values = std::move(*values);
    record->changed_utc_ns = clock.utc_ns();
    record->corrects = corrects;
    auto event = registers::record_event(*content->declaration, key, record->values, record->changed_utc_ns, names);
    if (!event)
        return fail(event.error());
    record->event = std::move(*event);
    std::erase_if(content->records, [&](const registers::RecordRef& one) { return one->key == key; });
    content->records.insert(content->behind(key), std::move(record));
    if (!corrects.empty())
        content->corrected_by.insert_or_assign(corrects, key);
    put_content({module, name}, std::move(*content));
    return {};
}

Result<void> World::remove(const std::string& module, const std::string& name, const std::string& key) {
    auto content = this->content(module, name);
    if (!content)
        return fail(content.error());
    if (std::erase_if(content->records, [&](const registers::RecordRef& one) { return one->key == key; }) == 0)
        return fail(ErrorCode::not_found, "register '" + name + "' has no record '" + key + "'");
    put_content({module, name}, std::move(*content));
    return {};
}

Result<void> World::show(const std::shared_ptr<const registers::Declaration>& declaration, const std::vector<registers::Record>& records) {
    registers::Content content;
    content.declaration = declaration;
    for (const registers::Record& given : records) {
        auto record = std::make_shared<registers::Record>(given);
        auto event = registers::record_event(*declaration, record->key, record->values, record->changed_utc_ns, names);
        if (!event)
            return fail(Error(event.error()).within("register " + declaration->name));
        record->event = std::move(*event);
        if (!record->corrects.empty())
            content.corrected_by.insert_or_assign(record->corrects, record->key);
        const auto place = content.behind(record->key);
        content.records.insert(place, std::move(record));
    }
    put_content({declaration->module, declaration->name}, std::move(content));
    return {};
}

Result<void> World::list(const std::string& attachment, std::uint32_t what, const EventRef& record) {
    const auto generation = inventory_->begin_listing(attachment, what);
    if (!generation)
        return fail(generation.error());
    return inventory_->put(attachment, *generation, {record}, [](const std::vector<InventoryChange>&) -> Result<void> { return {}; });
}

void World::follow(const std::string& attachment, const EventRef& event) {
    if (const auto applied = inventory_->apply(attachment, {event}); !applied)
        log.push_back("error: inventory: " + applied.error().message);
}

void World::cover(const std::string& attachment, std::string_view control, std::uint32_t level) {
    inventory_->set_coverage(attachment, control, {level, "as the test says"});
}

} // namespace ombud::replay
