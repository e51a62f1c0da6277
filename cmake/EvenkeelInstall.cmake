# cmake --install: the binary, the examples, the documents and the licence.
if(TARGET evenkeel)
  install(TARGETS evenkeel RUNTIME DESTINATION "${CMAKE_INSTALL_BINDIR}")
endif()
install(DIRECTORY examples/ DESTINATION "${CMAKE_INSTALL_DATADIR}/evenkeel/examples" OPTIONAL USE_SOURCE_PERMISSIONS)
install(DIRECTORY docs/ DESTINATION "${CMAKE_INSTALL_DOCDIR}" OPTIONAL)
install(FILES LICENSE README.md CHANGELOG.md CONTRIBUTING.md DESTINATION "${CMAKE_INSTALL_DOCDIR}" OPTIONAL)
