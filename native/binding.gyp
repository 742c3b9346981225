{
  'variables': {'has_x264%': '<!(pkg-config --exists x264 && echo 1 || echo 0)'},
  'target_defaults': {
    'include_dirs': ['<!(node -p "require(\'node-addon-api\').include_dir")'],
    # A worker may be terminated inside a call; an error that JS can no longer take must not end the process.
    'defines': ['NAPI_VERSION=8', 'NODE_ADDON_API_DISABLE_DEPRECATED', 'NODE_API_SWALLOW_UNTHROWABLE_EXCEPTIONS'],
    'cflags!': ['-fno-exceptions'],
    'cflags_cc!': ['-fno-exceptions', '-fno-rtti', '-std=gnu++17'],
    'cflags_cc': ['-std=c++20', '-O3', '-Wall', '-Wextra', '-Wno-unused-parameter', '-fvisibility=hidden'],
  },
  'targets': [
    {
      'target_name': 'reelroom',
      'sources': [
        'src/av1_decoder.cc',
        'src/binding.cc',
        'src/binding_decoders.cc',
        'src/binding_kernels.cc',
        'src/binding_memory.cc',
        'src/colour.cc',
        'src/crc32c.cc',
        'src/draw.cc',
        'src/image.cc',
        'src/module.cc',
        'src/opus_stereo_decoder.cc',
        'src/rotate.cc',
        'src/scale.cc',
        'src/shared_memory.cc',
        'src/shrink.cc',
        'src/video_binding.cc',
        'src/vp8_decoder.cc',
        'src/vp9_decoder.cc',
      ],
      'libraries': ['-lyuv', '-lvpx', '-ldav1d', '-lopus'],
    },
    {
      # By itself, because libavcodec brings a hundred libraries along: loaded where H.264 is decoded.
      'target_name': 'reelroom_h264',
      'sources': [
        'src/binding.cc',
        'src/h264_decoder.cc',
        'src/image.cc',
        'src/module_h264.cc',
        'src/video_binding.cc',
      ],
      'libraries': ['-lavcodec', '-lavutil'],
    },
  ],
  'conditions': [
    # Optional: without libx264's headers ffmpeg encodes.
    ['has_x264==1', {
      'targets': [
        {
          'target_name': 'reelroom-x264',
          'type': 'executable',
          'sources': ['x264/main.cc'],
          'libraries': ['-lx264'],
        },
      ],
    }],
  ],
}
