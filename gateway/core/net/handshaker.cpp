#include "net/handshaker.hpp"

#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <system_error>

#include "net/time.hpp"

namespace gw::net {

namespace {

constexpr std::size_t read_bytes_max = 16 * 1024;  // of one connection before the next has its turn

}  // namespace

Handshaker::Handshaker(std::function<void()> wake)
    : wake_(std::move(wake)),
      epoll_(::epoll_create1(EPOLL_CLOEXEC)),
      bell_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
    if (!epoll_.is_open() || !bell_.is_open())
        throw std::system_error(errno, std::generic_category(), "epoll or eventfd");
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.u64 = no_channel;
    ::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, bell_.get(), &event);
    thread_ = std::thread([this] { run(); });
}

Handshaker::~Handshaker() {
    stopping_ = true;
    const std::uint64_t one = 1;
    [[maybe_unused]] const auto rung = ::write(bell_.get(), &one, sizeof one);
    thread_.join();
}

void Handshaker::begin(Job job) {
    {
        const std::lock_guard<std::mutex> guard(lock_);
        jobs_.push_back(std::move(job));
    }
    const std::uint64_t one = 1;
    [[maybe_unused]] const auto rung = ::write(bell_.get(), &one, sizeof one);
}

void Handshaker::give_up(Channel channel) {
    {
        const std::lock_guard<std::mutex> guard(lock_);
        given_up_.push_back(channel);
    }
    const std::uint64_t one = 1;
    [[maybe_unused]] const auto rung = ::write(bell_.get(), &one, sizeof one);
}

std::vector<Handshaker::Result> Handshaker::take() {
    const std::lock_guard<std::mutex> guard(lock_);
    return std::exchange(results_, {});
}

// --- the thread
// ----------------------------------------------------------------------------------------------------------

void Handshaker::run() {
    constexpr int events_a_round = 32;
    std::array<epoll_event, events_a_round> ready;
    while (!stopping_) {
        const int count = ::epoll_wait(epoll_.get(), ready.data(), events_a_round, timeout_ms());
        for (int at = 0; at < count; ++at) {
            const Channel channel = ready[static_cast<std::size_t>(at)].data.u64;
            if (channel == no_channel) {
                take_in();
            } else {
                advance(channel);
            }
        }
        expire();
    }
}

int Handshaker::timeout_ms() const {
    constexpr std::int64_t long_ms = 60'000;
    std::int64_t wait_ms = long_ms;
    const std::int64_t now = steady_ns();
    for (const auto& [channel, work] : works_)
        wait_ms = std::min(wait_ms, (work.job.deadline_ns - now) / ns_per_ms + 1);
    return static_cast<int>(std::max<std::int64_t>(wait_ms, 0));
}

void Handshaker::take_in() {
    std::uint64_t rung = 0;
    [[maybe_unused]] const auto taken = ::read(bell_.get(), &rung, sizeof rung);
    std::vector<Job> jobs;
    std::vector<Channel> given_up;
    {
        const std::lock_guard<std::mutex> guard(lock_);
        jobs.swap(jobs_);
        given_up.swap(given_up_);
    }
    for (Job& job : jobs) {
        const Channel channel = job.channel;
        epoll_event event{};
        event.events = EPOLLIN | EPOLLRDHUP;
        event.data.u64 = channel;
        ::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, job.socket.get(), &event);
        works_[channel].job = std::move(job);
        advance(channel);  // an initiator speaks first
    }
    for (const Channel channel : given_up) works_.erase(channel);
}

void Handshaker::advance(Channel channel) {
    const auto found = works_.find(channel);
    if (found == works_.end()) return;
    Work& work = found->second;
    TlsStream& stream = *work.job.stream;
    std::array<char, read_bytes_max> bytes;
    const ssize_t size = ::recv(work.job.socket.get(), bytes.data(), bytes.size(), 0);
    const int problem = size < 0 ? errno : 0;
    if (size > 0) stream.feed({bytes.data(), static_cast<std::size_t>(size)});
    stream.handshake();
    if (!send_output(work)) return end(channel, "the connection was lost in the TLS handshake");
    if (stream.state() == TlsStream::State::failed) return end(channel, stream.error());
    if (stream.state() == TlsStream::State::open) return end(channel, {});
    if (size == 0)
        return end(channel, "TLS: the counterparty closed the connection in the handshake" +
                                std::string(stream.hint()));
    if (problem != 0 && problem != EAGAIN && problem != EWOULDBLOCK && problem != EINTR)
        end(channel, "TLS: the handshake broke off: " + std::generic_category().message(problem) +
                         std::string(stream.hint()));
}

// False where the connection is lost. What the socket does not take stays with the stream.
bool Handshaker::send_output(Work& work) {
    TlsStream& stream = *work.job.stream;
    bool full = false;
    while (!stream.output().empty() && !full) {
        const std::string_view bytes = stream.output();
        const ssize_t sent = ::send(work.job.socket.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (sent > 0) {
            stream.drop_output(static_cast<std::size_t>(sent));
        } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
            full = true;
        } else if (errno != EINTR) {
            return stream.state() == TlsStream::State::failed;  // then that is what to tell
        }
    }
    if (full == work.wants_write) return true;
    work.wants_write = full;
    epoll_event event{};
    event.events = EPOLLIN | EPOLLRDHUP | (full ? static_cast<std::uint32_t>(EPOLLOUT) : 0U);
    event.data.u64 = work.job.channel;
    ::epoll_ctl(epoll_.get(), EPOLL_CTL_MOD, work.job.socket.get(), &event);
    return true;
}

void Handshaker::expire() {
    const std::int64_t now = steady_ns();
    std::vector<Channel> late;
    for (const auto& [channel, work] : works_)
        if (now >= work.job.deadline_ns) late.push_back(channel);
    for (const Channel channel : late)
        end(channel, "TLS: the counterparty did not complete the handshake in time");
}

void Handshaker::end(Channel channel, std::string error) {
    const auto found = works_.find(channel);
    Job job = std::move(found->second.job);
    works_.erase(found);
    ::epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, job.socket.get(), nullptr);
    {
        const std::lock_guard<std::mutex> guard(lock_);
        results_.push_back({channel, std::move(job.socket), std::move(job.stream), std::move(error)});
    }
    wake_();
}

}  // namespace gw::net
