#!/bin/sh
# Writes ../quickfix/fix44_dictionary.cpp, the dictionary as the program carries it, from FIX44.xml beside this script.
# Run it after every change of FIX44.xml; a test fails until then.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
{
  echo '// Written by fix/dictionary/embed.sh from fix/dictionary/FIX44.xml. Change that file, not this one.'
  echo
  echo '#include "fix/quickfix/fix44_dictionary.hpp"'
  echo
  echo 'namespace evenkeel {'
  echo 'namespace fix {'
  echo
  echo '// clang-format off'
  printf 'const char kFix44Dictionary[] = R"xml('
  cat "$here/FIX44.xml"
  echo ')xml";'
  echo '// clang-format on'
  echo
  echo 'const std::size_t kFix44DictionarySize = sizeof(kFix44Dictionary) - 1;'
  echo
  echo '}  // namespace fix'
  echo '}  // namespace evenkeel'
} > "$here/../quickfix/fix44_dictionary.cpp"
