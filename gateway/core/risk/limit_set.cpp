#include "risk/limit_set.hpp"

#include "base/hash.hpp"

namespace gw::risk {

namespace {

constexpr std::size_t bytes_max = 16 * 1024;

template <class Message>
std::string encoded(const Message& message) {
    std::string bytes(bytes_max, '\0');
    pb::Writer out(bytes);
    message.encode(out);
    bytes.resize(out.size());
    return bytes;
}

}  // namespace

bool LimitSet::apply(const schema::LimitsChanged& event) {
    if (event.part <= 1) parts_.clear();  // what had come of another change was never completed
    if (event.more) {
        parts_.push_back(encoded(event));
        return false;
    }
    for (const std::string& bytes : parts_) {
        schema::LimitsChanged part;
        if (part.decode(bytes)) take(part);
    }
    parts_.clear();
    take(event);
    version_ = event.version;
    return true;
}

void LimitSet::take(const schema::LimitsChanged& event) {
    for (const schema::LimitChange& change : event.changes) {
        if (change.has_after)
            definitions_.insert_or_assign(std::string(change.after.name), definition_of(change.after));
        else if (const auto found = definitions_.find(change.before.name); found != definitions_.end())
            definitions_.erase(found);
    }
}

std::uint64_t LimitSet::state_hash() const {
    Hash hash(20);
    hash.add(version_).add(std::uint64_t{parts_.size()});
    for (const auto& [name, definition] : definitions_) hash.add(encoded(shown(definition)));
    return hash.value();
}

std::vector<std::string> LimitSet::limits_image() const {
    std::vector<std::string> limits;
    for (const auto& [name, definition] : definitions_) limits.push_back(encoded(shown(definition)));
    return limits;
}

void LimitSet::take_image(std::uint64_t version, const std::vector<std::string>& limits,
                          const std::vector<std::string>& parts) {
    version_ = version;
    for (const std::string& bytes : limits) {
        schema::Limit limit;
        if (limit.decode(bytes)) definitions_.insert_or_assign(std::string(limit.name), definition_of(limit));
    }
    parts_ = parts;
}

}  // namespace gw::risk
