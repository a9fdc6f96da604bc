// Where the page begins: styles, then the window. Nothing else happens here.
import { mount } from 'svelte';
import './style/index.css';
import App from './App.svelte';

const target = document.getElementById('app');
if (target) {
  target.replaceChildren();
  mount(App, { target });
}
