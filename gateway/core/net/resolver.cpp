#include "net/resolver.hpp"

#include <algorithm>
#include <thread>
#include <utility>

namespace gw::net {

Resolver::Resolver(std::function<void()> wake, Lookup lookup)
    : shared_(std::make_shared<Shared>()), lookup_(std::move(lookup)) {
    shared_->wake = std::move(wake);
}

Resolver::~Resolver() {
    const std::lock_guard<std::mutex> guard(shared_->lock);
    shared_->wake = nullptr;
}

bool Resolver::begin(Channel channel, const Endpoint& endpoint) {
    const std::lock_guard<std::mutex> guard(shared_->lock);
    for (const auto& query : shared_->queries)
        if (query->endpoint == endpoint) return query->channels.push_back(channel), true;
    if (shared_->queries.size() >= lookups_max) return false;
    const auto query = std::make_shared<Query>(Query{endpoint, {channel}});
    try {
        std::thread([shared = shared_, query, lookup = lookup_] {
            std::string error;
            std::vector<SocketAddress> addresses = lookup(query->endpoint.host, query->endpoint.port, error);
            const std::lock_guard<std::mutex> done(shared->lock);
            std::erase(shared->queries, query);
            if (!shared->wake || query->channels.empty()) return;
            shared->answers.push_back({std::move(query->channels), std::move(addresses), std::move(error)});
            shared->wake();
        }).detach();
    } catch (const std::system_error&) {
        return false;  // no thread to be had
    }
    shared_->queries.push_back(query);
    return true;
}

void Resolver::forget(Channel channel) {
    const std::lock_guard<std::mutex> guard(shared_->lock);
    for (const auto& query : shared_->queries) std::erase(query->channels, channel);
}

std::vector<Resolver::Answer> Resolver::take() {
    const std::lock_guard<std::mutex> guard(shared_->lock);
    return std::exchange(shared_->answers, {});
}

}  // namespace gw::net
