// Which part of the missions is open. It stays while the person looks elsewhere.
class MissionTab {
  open: 'edit' | 'try' | 'versions' = $state('edit');
}

export const missionTab = new MissionTab();
