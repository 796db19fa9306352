// State machines as tables: state x event -> next. A pair that is not listed is illegal; a pair that is
// listed twice does not compile.
#pragma once

#include <array>
#include <cstddef>
#include <optional>

namespace gw {

template <class State, class Event>
struct Transition {
    State from;
    Event on;
    State to;
};

template <class State, class Event, std::size_t Count>
class TransitionTable {
  public:
    using Row = Transition<State, Event>;

    consteval explicit TransitionTable(const std::array<Row, Count>& rows) : rows_(rows) {
        for (std::size_t i = 0; i < Count; ++i) {
            for (std::size_t j = 0; j < i; ++j) {
                // Throwing is not a constant expression: a duplicate ends the compilation here.
                if (rows[i].from == rows[j].from && rows[i].on == rows[j].on) throw "pair listed twice";
            }
        }
        for (auto& line : next_) line.fill(none);
        for (const Row& row : rows)
            next_[static_cast<std::size_t>(row.from)][static_cast<std::size_t>(row.on)] =
                static_cast<unsigned char>(row.to);
    }

    [[nodiscard]] constexpr std::optional<State> next(State from, Event on) const {
        const unsigned char to = next_[static_cast<std::size_t>(from)][static_cast<std::size_t>(on)];
        if (to == none) return std::nullopt;
        return static_cast<State>(to);
    }
    // For the diagrams in docs/ and for tests.
    [[nodiscard]] constexpr const std::array<Row, Count>& rows() const { return rows_; }

  private:
    static constexpr unsigned char none = 0xff;
    static constexpr std::size_t size_max = 32;  // states and events of one machine

    std::array<Row, Count> rows_;
    std::array<std::array<unsigned char, size_max>, size_max> next_{};
};

template <class State, class Event, std::size_t Count>
consteval auto transition_table(const Transition<State, Event> (&rows)[Count]) {
    return TransitionTable<State, Event, Count>(std::to_array(rows));
}

}  // namespace gw
