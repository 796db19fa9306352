// The core allocates nothing between bytes in and bytes out once it is warm: every malloc of this executable
// is counted, operator new among them.
#include <atomic>
#include <cstdlib>
#include <new>

#include "check.hpp"
#include "steady_state.hpp"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define GW_OWN_MALLOC 0  // malloc is the sanitizer's; operator new is counted all the same
#elif defined(__has_feature)
#define GW_OWN_MALLOC !(__has_feature(address_sanitizer) || __has_feature(thread_sanitizer))
#else
#define GW_OWN_MALLOC 1
#endif

namespace {

std::atomic<std::size_t> allocations{0};
std::atomic<std::size_t> releases{0};

}  // namespace

#if GW_OWN_MALLOC
extern "C" {
void* __libc_malloc(std::size_t size);
void* __libc_calloc(std::size_t count, std::size_t size);
void* __libc_realloc(void* old, std::size_t size);
void* __libc_memalign(std::size_t alignment, std::size_t size);
void __libc_free(void* old);

void* malloc(std::size_t size) {
    ++allocations;
    return __libc_malloc(size);
}
void* calloc(std::size_t count, std::size_t size) {
    ++allocations;
    return __libc_calloc(count, size);
}
void* realloc(void* old, std::size_t size) {
    ++allocations;
    return __libc_realloc(old, size);
}
void* aligned_alloc(std::size_t alignment, std::size_t size) {
    ++allocations;
    return __libc_memalign(alignment, size);
}
int posix_memalign(void** out, std::size_t alignment, std::size_t size) {
    ++allocations;
    *out = __libc_memalign(alignment, size);
    return *out == nullptr ? 12 : 0;  // ENOMEM
}
void free(void* old) {
    if (old != nullptr) ++releases;
    __libc_free(old);
}
}
#endif

void* operator new(std::size_t size) {
    ++allocations;
    if (void* made = std::malloc(size)) return made;
    throw std::bad_alloc();
}
void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
    ++allocations;
    return std::malloc(size);
}
void operator delete(void* old) noexcept {
    ++releases;
    std::free(old);
}
void operator delete(void* old, std::size_t) noexcept {
    ++releases;
    std::free(old);
}

namespace {

// What `calls` calls allocate and free after as many that warm up.
template <class Call>
std::size_t counted(std::size_t calls, Call&& call) {
    bool ok = true;
    for (std::size_t i = 0; i < calls; ++i) ok = call() && ok;
    const std::size_t before = allocations + releases;
    for (std::size_t i = 0; i < calls; ++i) ok = call() && ok;
    const std::size_t after = allocations + releases;
    CHECK(ok);
    return after - before;
}

}  // namespace

TEST(an_allocation_is_counted) {
    CHECK(counted(10, [] {
              const auto made = std::make_unique<std::string>(100, 'x');
              return made->size() == 100;
          }) >= 40);
#if GW_OWN_MALLOC
    CHECK(counted(10, [] {
              void* made = std::malloc(10);
              asm volatile("" : "+r"(made));
              std::free(made);
              return true;
          }) >= 20);
#endif
}

TEST(session_receive_to_echo_allocates_nothing) {
    gw::test::EchoSession session;
    CHECK_EQ(counted(1'000, [&] { return session.echo(); }), std::size_t{0});
}

TEST(session_admin_messages_and_ticks_allocate_nothing) {
    gw::test::EchoSession session;
    CHECK_EQ(counted(1'000, [&] { return session.admin(); }), std::size_t{0});
}

TEST(order_to_wire_and_reports_to_events_allocate_nothing) {
    gw::test::OrderPath path;
    CHECK_EQ(counted(1'000, [&] { return path.trade(); }), std::size_t{0});
}

TEST(order_path_with_limits_that_remember_allocates_nothing) {
    gw::test::OrderPath path(true);
    CHECK_EQ(counted(1'000, [&] { return path.trade(); }), std::size_t{0});
}

TEST_MAIN
