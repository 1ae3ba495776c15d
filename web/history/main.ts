import '../design/fonts.css';
import '../design/tokens.css';
import '../design/page.css';
import './history.css';
import { mount } from 'svelte';
import App from './App.svelte';

const target = document.getElementById('history');
if (target !== null) mount(App, { target });
