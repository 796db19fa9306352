// Fields that hold raw data: a length field announces how many bytes the data field behind it has, SOH among
// them.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace gw::fix {

struct DataPair {
    std::uint32_t length_tag;
    std::uint32_t data_tag;
};

// Of the standard header, the session layer, and the application messages that are older than the
// dictionaries' extensions. What a dictionary knows beyond them is added by data_tags_of.
inline constexpr std::array<DataPair, 24> standard_data_pairs = {{
    {90, 91},      // SecureData
    {93, 89},      // Signature
    {95, 96},      // RawData
    {212, 213},    // XmlData
    {348, 349},    // EncodedIssuer
    {350, 351},    // EncodedSecurityDesc
    {352, 353},    // EncodedListExecInst
    {354, 355},    // EncodedText
    {356, 357},    // EncodedSubject
    {358, 359},    // EncodedHeadline
    {360, 361},    // EncodedAllocText
    {362, 363},    // EncodedUnderlyingIssuer
    {364, 365},    // EncodedUnderlyingSecurityDesc
    {445, 446},    // EncodedListStatusText
    {618, 619},    // EncodedLegIssuer
    {621, 622},    // EncodedLegSecurityDesc
    {1184, 1185},  // SecurityXML
    {1277, 1278},  // DerivativeEncodedIssuer
    {1280, 1281},  // DerivativeEncodedSecurityDesc
    {1282, 1283},  // DerivativeSecurityXML
    {1397, 1398},  // EncodedMktSegmDesc
    {1401, 1402},  // EncryptedPassword
    {1403, 1404},  // EncryptedNewPassword
    {1468, 1469},  // EncodedSecurityListDesc
}};

// The pairs that a parser knows. Immutable while messages are parsed with it.
class DataTags {
  public:
    static constexpr std::size_t pairs_max = 256;  // the largest dictionary has 83

    // Tags of more than four digits are not in the filter: no fast index takes them.
    static constexpr std::uint32_t filtered_end = 10'000;

    constexpr DataTags() {
        for (const DataPair& pair : standard_data_pairs) (void)add(pair);
    }

    // False where the table is full or one of the tags is zero.
    constexpr bool add(DataPair pair) {
        if (data_tag_of(pair.length_tag) == pair.data_tag && pair.data_tag != 0) return true;
        if (count_ == pairs_max || pair.length_tag == 0 || pair.data_tag == 0) return false;
        pairs_[count_++] = pair;
        if (pair.length_tag < filtered_end)
            filter_[pair.length_tag / 64 % filter_.size()] |= std::uint64_t{1} << (pair.length_tag % 64);
        return true;
    }

    // Precondition: number < filtered_end. The lowest bit is 0: certainly no length field. It is 1 for those
    // and for few others; the other bits mean nothing.
    [[nodiscard]] constexpr std::uint64_t filter_bits(std::uint32_t number) const {
        return filter_[number / 64 % filter_.size()] >> (number % 64);
    }
    // All of them: bit n % 64 of word n / 64 % 32.
    [[nodiscard]] constexpr const std::array<std::uint64_t, 32>& filter() const { return filter_; }
    // The data field that `length_tag` announces, 0 for none.
    [[nodiscard]] constexpr std::uint32_t data_tag_of(std::uint32_t length_tag) const {
        if (length_tag < filtered_end && (filter_bits(length_tag) & 1) == 0) return 0;
        for (const DataPair& pair : std::span(pairs_).first(count_))
            if (pair.length_tag == length_tag) return pair.data_tag;
        return 0;
    }

  private:
    std::array<std::uint64_t, 32> filter_{};
    std::array<DataPair, pairs_max> pairs_{};
    std::size_t count_ = 0;
};

inline constexpr DataTags standard_data_tags;

}  // namespace gw::fix
