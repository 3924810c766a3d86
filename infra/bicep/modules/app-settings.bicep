// The settings of an app or of its slot. Which package it runs is a matter of releases, so that one setting stays as it is.

param appName string

@description('Empty: of the app itself.')
param slotName string = ''

@secure()
@description('What is set now.')
param current object

param settings object

var package = contains(current, 'WEBSITE_RUN_FROM_PACKAGE') ? { WEBSITE_RUN_FROM_PACKAGE: current.WEBSITE_RUN_FROM_PACKAGE } : {}

resource app 'Microsoft.Web/sites@2025-03-01' existing = {
  name: appName

  resource slot 'slots' existing = {
    name: 'staging'
  }
}

resource ofApp 'Microsoft.Web/sites/config@2025-03-01' = if (empty(slotName)) {
  parent: app
  name: 'appsettings'
  properties: union(settings, package)
}

resource ofSlot 'Microsoft.Web/sites/slots/config@2025-03-01' = if (!empty(slotName)) {
  parent: app::slot
  name: 'appsettings'
  properties: union(settings, package)
}
