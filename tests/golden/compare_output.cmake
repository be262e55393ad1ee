# Fails when `PROGRAM validate OPTION` prints anything but the content of EXPECTED.
execute_process(COMMAND ${PROGRAM} validate ${OPTION} OUTPUT_VARIABLE found RESULT_VARIABLE code)
if(NOT code EQUAL 0)
  message(FATAL_ERROR "validate ${OPTION} exited with ${code}")
endif()
file(READ ${EXPECTED} expected)
if(NOT found STREQUAL expected)
  message(FATAL_ERROR "${EXPECTED} is out of date; look at the change, then run scripts/approve")
endif()
