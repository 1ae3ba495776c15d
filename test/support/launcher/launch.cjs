'use strict';

// Has the launcher start the program beside this file, as bin/meks.js starts MEKS.

const path = require('path');
const { launch, v8Flags } = require('../../../bin/meks.js');

launch(path.join(__dirname, 'launched-program.ts'), process.argv.slice(2), v8Flags);
