#ifndef EVENKEEL_FIX_QUICKFIX_FIX44_DICTIONARY_HPP_
#define EVENKEEL_FIX_QUICKFIX_FIX44_DICTIONARY_HPP_

// The text of fix/dictionary/FIX44.xml inside the program, so that an installed binary needs no
// file to speak FIX.

#include <cstddef>

namespace evenkeel {
namespace fix {

extern const char kFix44Dictionary[];
extern const std::size_t kFix44DictionarySize;  // without the terminating zero

}  // namespace fix
}  // namespace evenkeel

#endif  // EVENKEEL_FIX_QUICKFIX_FIX44_DICTIONARY_HPP_
