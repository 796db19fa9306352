// State machines as data: rows of (state, event -> next state, effects), checked when they are compiled.
//
// A pair that is listed twice does not compile. A pair that is not listed is illegal: at() is null for it.
// Effects are what has to be done on the way, a set of bits of the table's own enumeration; a machine whose
// transitions are all there is to it has none.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

namespace gw {

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

enum class NoEffect : std::uint16_t {};

template <class State, class Event, class Effect = NoEffect>
struct Transition {
    State from;
    Event on;
    State to;
    Effects<Effect> effects{};
};

template <class State, class Event, class Effect, std::size_t Count>
class TransitionTable {
  public:
    using Row = Transition<State, Event, Effect>;

    consteval explicit TransitionTable(const std::array<Row, Count>& rows) : rows_(rows) {
        for (auto& line : index_) line.fill(unlisted);
        for (std::size_t i = 0; i < Count; ++i) {
            std::uint8_t& cell =
                index_[static_cast<std::size_t>(rows[i].from)][static_cast<std::size_t>(rows[i].on)];
            // Throwing is not a constant expression: a duplicate ends the compilation here.
            if (cell != unlisted) throw "a (state, event) pair is listed twice";
            cell = static_cast<std::uint8_t>(i);
        }
    }

    // The row for this pair, or null.
    [[nodiscard]] constexpr const Row* at(State from, Event on) const {
        const std::uint8_t cell = index_[static_cast<std::size_t>(from)][static_cast<std::size_t>(on)];
        return cell == unlisted ? nullptr : &rows_[cell];
    }
    [[nodiscard]] constexpr std::optional<State> next(State from, Event on) const {
        const Row* row = at(from, on);
        if (row == nullptr) return std::nullopt;
        return row->to;
    }
    // For the diagrams in docs/ and for tests.
    [[nodiscard]] constexpr const std::array<Row, Count>& rows() const { return rows_; }

  private:
    static constexpr std::uint8_t unlisted = 0xFF;
    static constexpr std::size_t size_max = 32;  // states and events of one machine
    static_assert(Count < unlisted);

    std::array<Row, Count> rows_;
    std::array<std::array<std::uint8_t, size_max>, size_max> index_{};
};

template <class State, class Event, class Effect = NoEffect, std::size_t Count>
consteval auto transition_table(const Transition<State, Event, Effect> (&rows)[Count]) {
    return TransitionTable<State, Event, Effect, Count>(std::to_array(rows));
}

}  // namespace gw
