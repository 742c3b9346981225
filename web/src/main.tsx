import { render } from 'preact';
import './styles/tokens.css';
import './styles/base.css';
import './styles/controls.css';
import './styles/home.css';
import './styles/join.css';
import './styles/room.css';
import './styles/panel.css';
import './styles/chat.css';
import './styles/files.css';
import { App } from './ui/app.js';

const root = document.getElementById('app');
if (root) render(<App />, root);
