// A state machine as data: rows of (state, event -> next state, effects), checked when they are compiled.
//
// A pair that is listed twice does not compile. A pair that is not listed is illegal: at() is null for it,
// and whoever caused it has a mistake. Effects are a set of bits of the table's own enumeration.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace gw::session {

// A set of effects, each an enumerator that is one bit.
template <class Effect>
class Effects {
  public:
    constexpr Effects() = default;
    constexpr Effects(Effect effect)
        : bits_(static_cast<std::uint16_t>(effect)) {}  // NOLINT: rows read as lists
    [[nodiscard]] constexpr bool has(Effect effect) const {
        return (bits_ & static_cast<std::uint16_t>(effect)) != 0;
    }
    [[nodiscard]] constexpr std::uint16_t bits() const { return bits_; }
    friend constexpr Effects operator|(Effects a, Effects b) {
        Effects both;
        both.bits_ = static_cast<std::uint16_t>(a.bits_ | b.bits_);
        return both;
    }

  private:
    std::uint16_t bits_ = 0;
};

template <class State, class Event, class Effect>
struct Row {
    State from;
    Event on;
    State to;
    Effects<Effect> effects{};
};

// `State::count` and `Event::count` close their enumerations.
template <class State, class Event, class Effect, std::size_t Size>
class Machine {
  public:
    using RowType = Row<State, Event, Effect>;

    consteval explicit Machine(const std::array<RowType, Size>& rows) : rows_(rows) {
        for (auto& line : index_) line.fill(unlisted);
        for (std::size_t i = 0; i < Size; ++i) {
            std::uint8_t& cell =
                index_[static_cast<std::size_t>(rows[i].from)][static_cast<std::size_t>(rows[i].on)];
            if (cell != unlisted) throw "a (state, event) pair is listed twice";
            cell = static_cast<std::uint8_t>(i);
        }
    }

    [[nodiscard]] constexpr const RowType* at(State from, Event on) const {
        const std::uint8_t cell = index_[static_cast<std::size_t>(from)][static_cast<std::size_t>(on)];
        return cell == unlisted ? nullptr : &rows_[cell];
    }
    [[nodiscard]] constexpr std::span<const RowType> rows() const { return rows_; }

  private:
    static constexpr std::uint8_t unlisted = 0xFF;
    static_assert(Size < unlisted);
    std::array<RowType, Size> rows_;
    std::array<std::array<std::uint8_t, static_cast<std::size_t>(Event::count)>,
               static_cast<std::size_t>(State::count)>
        index_{};
};

template <class State, class Event, class Effect, std::size_t Size>
consteval auto make_machine(const Row<State, Event, Effect> (&rows)[Size]) {
    return Machine<State, Event, Effect, Size>(std::to_array(rows));
}

}  // namespace gw::session
