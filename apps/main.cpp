// The evenkeel program. Everything is in apps/cli.cpp, so that tests can run it, too.
#include "apps/cli.hpp"

int main(int argc, char** argv) { return evenkeel::apps::run_cli(argc, argv); }
