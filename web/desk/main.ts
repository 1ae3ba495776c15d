import '../design/fonts.css';
import '../design/tokens.css';
import '../design/page.css';
import '../views/views.css';
import './desk.css';
import './aside.css';
import './operator.css';
import './trouble.css';
import './rooms.css';
import { mount } from 'svelte';
import App from './App.svelte';

const target = document.getElementById('desk');
if (target !== null) mount(App, { target });
