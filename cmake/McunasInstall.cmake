# Binaries and the data they look for: bin/, lib/mcunas/, share/mcunas/{configs,firmware,kernels}.

foreach(binary mcunas mcunas-agent)
  if(TARGET ${binary})
    install(TARGETS ${binary} RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
  endif()
endforeach()
if(TARGET mcunas_supernet)
  install(TARGETS mcunas_supernet LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR}/mcunas)
endif()
install(DIRECTORY configs firmware DESTINATION ${CMAKE_INSTALL_DATADIR}/mcunas
        PATTERN ".clang-tidy" EXCLUDE)
install(DIRECTORY kernels DESTINATION ${CMAKE_INSTALL_DATADIR}/mcunas
        FILES_MATCHING PATTERN "*.h" PATTERN "*.c")
