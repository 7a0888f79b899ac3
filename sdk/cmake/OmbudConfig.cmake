include(${CMAKE_CURRENT_LIST_DIR}/OmbudTargets.cmake)
include(${CMAKE_CURRENT_LIST_DIR}/OmbudPlugin.cmake)
