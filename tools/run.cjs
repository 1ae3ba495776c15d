'use strict';

// Starts a tool of this folder on a Node that can run it, as bin/meks.js does for the program, so that `npm test` on
// an older Node says what to do instead of failing on the first `.ts`. Usage: node tools/run.cjs tools/test.ts [args]

const path = require('path');
const { launch } = require('../bin/meks.js');

launch(path.resolve(process.argv[2]), process.argv.slice(3), []);
