// The network, and a private endpoint for every service that the app talks to.

param token string
param location string
param tags object
param workspaceId string
param addressPrefix string
param plan string
param storageId string
param cosmosId string
param configurationId string
param vaultId string
param topics array

var blobZone = 'privatelink.blob.${environment().suffixes.storage}'
var queueZone = 'privatelink.queue.${environment().suffixes.storage}'
var tableZone = 'privatelink.table.${environment().suffixes.storage}'
var cosmosZone = 'privatelink.documents.azure.com'
var configurationZone = 'privatelink.azconfig.io'
var vaultZone = 'privatelink.vaultcore.azure.net'
var topicZone = 'privatelink.eventgrid.azure.net'
var appZone = 'privatelink.azurewebsites.net'

var doors = concat([
  {
    name: 'blob'
    resourceId: storageId
    groupId: 'blob'
    zone: blobZone
  }
  {
    name: 'queue'
    resourceId: storageId
    groupId: 'queue'
    zone: queueZone
  }
  {
    name: 'table'
    resourceId: storageId
    groupId: 'table'
    zone: tableZone
  }
  {
    name: 'cosmos'
    resourceId: cosmosId
    groupId: 'Sql'
    zone: cosmosZone
  }
  {
    name: 'configuration'
    resourceId: configurationId
    groupId: 'configurationStores'
    zone: configurationZone
  }
  {
    name: 'vault'
    resourceId: vaultId
    groupId: 'vault'
    zone: vaultZone
  }
], map(topics, topic => {
  name: 'topic-${topic.name}'
  resourceId: topic.id
  groupId: 'topic'
  zone: topicZone
}))

module network 'modules/network.bicep' = {
  params: {
    token: token
    location: location
    tags: tags
    workspaceId: workspaceId
    addressPrefix: addressPrefix
    delegation: plan == 'flex' ? 'Microsoft.App/environments' : 'Microsoft.Web/serverFarms'
    zoneNames: [
      blobZone
      queueZone
      tableZone
      cosmosZone
      configurationZone
      vaultZone
      topicZone
      appZone
    ]
  }
}

@batchSize(1)
module endpoints 'modules/private-endpoint.bicep' = [for door in doors: {
  params: {
    name: '${door.name}-${token}'
    location: location
    tags: tags
    subnetId: network.outputs.endpointSubnetId
    resourceId: door.resourceId
    groupId: door.groupId
    zoneName: door.zone
  }
}]

output endpointSubnetId string = network.outputs.endpointSubnetId
output appZone string = appZone
output appSubnetId string = network.outputs.appSubnetId
